# Faulty: a decorator that limits a coroutine by call_later(task.cancel) and leaves the request behind.
from _h import *; import functools
def limited(seconds):
    def wrap(function):
        @functools.wraps(function)
        async def inner(*args):
            task = asyncio.current_task()
            timer = asyncio.get_running_loop().call_later(seconds, task.cancel)
            try: return await function(*args)
            except asyncio.CancelledError:
                raise TimeoutError(function.__name__) from None
            finally: timer.cancel()
        return inner
    return wrap
@limited(0.005)
async def slow(): await asyncio.sleep(5)
async def main():
    for _ in range(4):
        try: await slow()
        except TimeoutError: pass
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("f_homemade_decorator", main, {"residual": 0})
