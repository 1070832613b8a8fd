import nox


@nox.session
def cancellation(session):
    """The tests, traced: a cancellation that goes wrong fails this session."""
    session.install("pytest", "anyio")
    session.env["PYTHONPATH"] = "."
    session.run("scopetrace", "run", "--", "pytest", *session.posargs, external=True)
