# Clean: anyio.run() with a task of plain asyncio left over, which cleans up long when the loop shuts down.
import anyio, asyncio, json
async def main():
    async def left():
        try: await asyncio.sleep(5)
        finally:
            for _ in range(10): await asyncio.sleep(0.002)
    main.task = asyncio.ensure_future(left())
    with anyio.move_on_after(0.01): await anyio.sleep(5)
    async with anyio.create_task_group() as tg: tg.start_soon(anyio.sleep, 0.002)
anyio.run(main)
print(json.dumps({"case": "c_anyio_run", "verdict": "clean" if main.task.cancelled() else "odd"}))
