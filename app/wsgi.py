"""What gunicorn serves. Outside a trial the only way in is the proxy's socket, so the proxy's word about the client is taken."""

from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import face, hindrances
from app.core.shared_cache import SharedCache
from app.factory import create_app
from app.settings import from_environment

settings = from_environment()
app = create_app(settings)
hindrances.refuse_to_start(app)
if not settings.trial:
    hops = 2 if settings.tls == "proxy" else 1
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=1)  # type: ignore[method-assign]
app.wsgi_app = SharedCache(app.wsgi_app)  # type: ignore[method-assign]
# Compiled once, before the processes part, and not while somebody waits.
for template in app.jinja_env.list_templates():
    app.jinja_env.get_template(template)
face.load_components()
