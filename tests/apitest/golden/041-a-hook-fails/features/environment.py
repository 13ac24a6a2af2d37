def before_scenario(context, scenario):
    raise ValueError("no database")
