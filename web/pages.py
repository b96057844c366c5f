"""Server-rendered pages: a room's Jinja2 templates over the shared frame, with the room's words.

Every template extends `frame.html` and finds `_()` (the person's language), `language`, `languages`, `csrf` and `static`.
Autoescape is on; nothing from a credential is ever marked safe.
"""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from web.language import LANGUAGE_NAMES, LANGUAGES, Words, language_of
from web.sessions import csrf_token

HERE = Path(__file__).parent

# Pages load nothing from elsewhere; a record on screen must not be framed, cached or referred onwards.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; "
    "script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Pages:
    """The pages of one room.

    Args:
        room: the room's folder; holds `templates/`, `locale/` and, where it needs them, `static/`.
        product: the name in the page's frame, an English message the catalogues translate.
    """

    def __init__(self, room: Path, product: str) -> None:
        self.room = room
        self.product = product
        self.words = Words((room / "locale", HERE / "locale"))
        self.environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(room / "templates"), FileSystemLoader(HERE / "templates")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def mount(self, app: FastAPI) -> None:
        """Serve the shared static files at /static and the room's own at /assets."""
        app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
        if (self.room / "static").is_dir():
            app.mount("/assets", StaticFiles(directory=self.room / "static"), name="assets")

    def render(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """The page, in the language of the request. The language asked for by `?lang=` is remembered in a cookie."""
        language = language_of(request)

        def translate(message: str, **fields: object) -> str:
            return self.words.say(language, message, **fields)

        html = self.environment.get_template(template).render(
            _=translate,
            language=language,
            languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
            product=translate(self.product),
            path=request.url.path,
            person=request.session.get("person", "") if "session" in request.scope else "",
            csrf=csrf_token(request),
            **values,
        )
        response = HTMLResponse(html, status_code=status, headers=PAGE_HEADERS)
        if request.query_params.get("lang") == language:
            response.set_cookie("lang", language, max_age=31_536_000, samesite="lax", httponly=True)
        return response
