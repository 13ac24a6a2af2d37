def before_all(context):
    context.config.setup_logging()
    assert context.config.userdata.getint('n', 1) == 3


def before_scenario(context, scenario):
    if 'notyet' in scenario.tags:
        scenario.skip('not yet')
