"""What a process is and what happens next: language, checks, engine, scenarios, shipped pipelines.

No I/O but reading TOML text (`loader`, `library`), no clock, no randomness, no logging; it imports nothing of
`connector` and `webhooks`. The way in: `loader.load_definition`, `engine.decide`, `scenarios.run_scenarios`.
"""
