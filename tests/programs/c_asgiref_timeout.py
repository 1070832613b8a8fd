# Clean: asgiref's timeout, never reached.
from _h import *; import warnings; warnings.simplefilter("ignore")
from asgiref.timeout import timeout
async def main():
    for _ in range(3):
        async with timeout(1): await asyncio.sleep(0.003)
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n()}
run("c_asgiref_timeout", main, {"residual": 0})
