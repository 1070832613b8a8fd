# Clean enough: as c_pending_task_destroyed, but what is left is swept up while a task of the next loop runs.
import asyncio, gc, json
async def stuck():
    async with asyncio.timeout(5): await asyncio.get_running_loop().create_future()
async def main():
    task = asyncio.ensure_future(stuck()); await asyncio.sleep(0.005); task._log_destroy_pending = False
async def later(): gc.collect()
gc.disable()
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close(); del loop
asyncio.run(later())
print(json.dumps({"case": "c_pending_task_swept_elsewhere", "verdict": "clean"}))
