"""Which modules serve REST methods: importing this one fills `kernel.METHODS`."""
