# Clean: a loop run by hand ends before the cancelled tasks get a turn; nobody refused anything.
import asyncio, json
async def stuck(): await asyncio.sleep(5)
async def main():
    tasks = [asyncio.ensure_future(stuck()) for _ in range(3)]; await asyncio.sleep(0.005)
    for t in tasks: t._log_destroy_pending = False; t.cancel()
    return tasks
loop = asyncio.new_event_loop()
tasks = loop.run_until_complete(main())
loop.close()
print(json.dumps({"case": "c_loop_ends_first", "verdict": "clean", "open": [t.cancelling() for t in tasks]}))
