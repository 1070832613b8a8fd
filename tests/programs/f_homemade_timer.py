# Faulty: a home-made timeout whose timer calls task.cancel itself forgets to take its requests back.
import asyncio, contextlib, functools
@contextlib.asynccontextmanager
async def limit(delay):
    task=asyncio.current_task(); loop=asyncio.get_running_loop(); when=loop.time()+delay
    handle=loop.call_later(delay, task.cancel)
    try:
        yield
    except asyncio.CancelledError:
        if loop.time()<when: raise
        pass
        raise TimeoutError
    finally: handle.cancel()
async def main():
    for _ in range(3):
        try:
            async with limit(0.01): await asyncio.sleep(1)
        except TimeoutError: pass
        await asyncio.sleep(0.003)
    for _ in range(8): await asyncio.sleep(0.002)
    print(asyncio.current_task().cancelling())
asyncio.run(main())
