"""The CRM of the sandbox portal: records and their fields, stages, history, rights, and the REST methods over them."""
