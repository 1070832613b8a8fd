# An aiohttp client whose server is too slow, three times over: its timer cancels the task and raises TimeoutError.
# aiohttp up to 3.10.7 never takes the request back.
from _h import *; import aiohttp
from aiohttp import web
async def main():
    async def slow(request):
        response = web.StreamResponse(); await response.prepare(request)
        await response.write(b"begin"); await asyncio.sleep(0.5); return response
    app = web.Application(); app.router.add_get("/", slow)
    runner = web.AppRunner(app, shutdown_timeout=0.1); await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0); await site.start()
    port = runner.addresses[0][1]; expired = 0
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.05)) as session:
        for _ in range(3):
            try:
                async with session.get(f"http://127.0.0.1:{port}/") as response: await response.text()
            except asyncio.TimeoutError: expired += 1
    await runner.cleanup()
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "expired": expired}
run("c_aiohttp_client_timeout", main, {"residual": 0, "expired": 3})
