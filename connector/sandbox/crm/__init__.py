"""The CRM of the sandbox portal: records, fields, stages, history, rights, and the REST methods over them."""
