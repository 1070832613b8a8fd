# Right: a worker is still cleaning up when the program ends without closing its loop, which had next to nothing to do
# meanwhile.
import asyncio, json
async def worker():
    try: await asyncio.sleep(60)
    finally: await asyncio.sleep(60)
async def main():
    global task
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.01)
    task.cancel()
    for seconds in (0.01, 0.01, 1.3): await asyncio.sleep(seconds)
    print(json.dumps({"case": "c_loop_left_open", "verdict": "clean"}))
    raise SystemExit
asyncio.new_event_loop().run_until_complete(main())
