# Clean: a fixture with a timeout is set up and torn down by one runner task, the test runs in another.
from _h import *
async def main():
    async def fixture():
        async with asyncio.timeout(5): yield "resource"
    async def test(resource): await asyncio.sleep(0.005)
    generator = fixture()
    async def setup(): return await anext(generator)
    async def teardown(): await anext(generator, None)
    resource = await setup()
    await asyncio.create_task(test(resource))
    await teardown()
    return {"residual": n()}
run("c_fixture_one_task", main, {"residual": 0})
