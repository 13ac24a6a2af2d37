def before_all(context):
    context.add_cleanup(close)


def after_feature(context, feature):
    context.add_cleanup(close)


def close():
    raise OSError('the database is gone')
