# An aiohttp server and client, requests side by side, one of them cancelled by its caller: nothing is wrong.
from _h import *; import aiohttp
from aiohttp import web
async def main():
    async def answer(request):
        await asyncio.sleep(0.005); return web.Response(text="fine")
    async def slow(request):
        await asyncio.sleep(5); return web.Response(text="late")
    app = web.Application(); app.router.add_get("/", answer); app.router.add_get("/slow", slow)
    runner = web.AppRunner(app, shutdown_timeout=0.1); await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0); await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        async def fetch(path):
            async with session.get(url + path) as response: return await response.text()
        got = await asyncio.gather(*(fetch("") for _ in range(5)))
        waiting = asyncio.create_task(fetch("slow")); await asyncio.sleep(0.05); waiting.cancel()
        try: await waiting
        except asyncio.CancelledError: got.append("cancelled")
    await runner.cleanup()
    return {"residual": n(), "got": len(got)}
run("c_aiohttp_session", main, {"residual": 0, "got": 6})
