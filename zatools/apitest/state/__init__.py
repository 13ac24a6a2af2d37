"""The state that the steps of a feature share: values, the request in the making, the call, its answer."""
