# Clean: scopes and groups wrapped in @contextmanager and @asynccontextmanager, expiring inside.
from _h import *; import anyio, contextlib
@contextlib.contextmanager
def brief():
    with anyio.move_on_after(0.005) as scope: yield scope
@contextlib.asynccontextmanager
async def background():
    async with anyio.create_task_group() as tg:
        tg.start_soon(anyio.sleep, 5); yield tg
        tg.cancel_scope.cancel()
async def main():
    caught = 0
    for _ in range(3):
        async with background():
            with brief() as scope: await anyio.sleep(5)
            caught += scope.cancel_called
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "caught": caught}
run("c_contextmanager_scope", main, {"residual": 0, "caught": 3})
