# Faulty: a fixture with a timeout is set up in one task and torn down in another, as one run_until_complete each does.
from _h import *
async def main():
    async def fixture():
        async with asyncio.timeout(5): yield "resource"
    async def test(resource): await asyncio.sleep(0.005)
    generator = fixture()
    async def setup(): return await anext(generator)
    async def teardown(): await anext(generator, None)
    resource = await asyncio.create_task(setup())
    await asyncio.create_task(test(resource))
    await teardown()
    return {"residual": n()}
run("f_fixture_two_tasks", main, {"residual": 0})
