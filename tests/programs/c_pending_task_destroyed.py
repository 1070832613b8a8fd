# Clean enough: the loop is closed under a task that waits in a timeout; it is destroyed, its exits run in no task.
import asyncio, gc, json
async def stuck():
    async with asyncio.timeout(5): await asyncio.get_running_loop().create_future()
async def main():
    task = asyncio.ensure_future(stuck()); await asyncio.sleep(0.005); task._log_destroy_pending = False
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close(); del loop; gc.collect()
print(json.dumps({"case": "c_pending_task_destroyed", "verdict": "clean"}))
