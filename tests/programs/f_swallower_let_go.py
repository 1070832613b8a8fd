# Faulty: a worker that nobody keeps swallows its cancellation, runs on for many turns of the loop and returns: it is gone
# by the time that anybody could look.
import asyncio, json
async def worker():
    for _ in range(30):
        try: await asyncio.sleep(0)
        except asyncio.CancelledError: pass
async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0)
    task.cancel()
    del task
    for _ in range(60): await asyncio.sleep(0)
asyncio.run(main())
print(json.dumps({"case": "f_swallower_let_go", "verdict": "faulty"}))
