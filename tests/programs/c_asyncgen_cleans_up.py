# Right: a worker is cancelled while it closes an asynchronous generator, which is still cleaning up when the program ends
# without closing its loop.
import asyncio, json
async def numbers():
    try: yield 1
    finally:
        try: await asyncio.sleep(60)
        finally: await asyncio.sleep(60)
async def worker():
    generator = numbers()
    await generator.__anext__()
    await generator.aclose()
async def main():
    global task
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.01)
    task.cancel()
    for _ in range(10): await asyncio.sleep(0.01)
    print(json.dumps({"case": "c_asyncgen_cleans_up", "verdict": "clean"}))
    raise SystemExit
asyncio.new_event_loop().run_until_complete(main())
