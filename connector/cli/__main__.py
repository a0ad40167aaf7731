"""`python -m connector.cli`: the same as `funnelwright`."""

from connector.cli import main

main(prog_name="funnelwright")
