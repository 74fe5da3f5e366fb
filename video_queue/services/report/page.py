"""A report as one HTML page: no script, no request, every picture inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape

from video_queue.domain.report import Decision, FinishedJob, Report, headline, reason_words, work
from video_queue.domain.views import Artifact

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums }
body { max-width: 1180px; margin: 32px auto; padding: 0 24px; color: light-dark(#222, #ddd);
  background: light-dark(#fff, #181818) }
h1 { font-size: 22px; margin: 0 } h2 { font-size: 15px; margin: 32px 0 8px }
p { margin: 4px 0 } .dim { color: light-dark(#666, #999) } .bad { color: light-dark(#b3261e, #f2867e) }
table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid light-dark(#ddd, #333); padding: 6px 12px 6px 0; vertical-align: top }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); gap: 8px }
figure { margin: 0; min-width: 0 } img { width: 100%; height: 100px; object-fit: cover; display: block }
.none { height: 100px; background: light-dark(#eee, #262626) }
figcaption { font-size: 12px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
"""


def report_page(report: Report, pictures: Mapping[int, str]) -> str:
    """The page. `pictures` are WebPs as base64 by artifact."""
    parts = [
        f"<h1>{escape(headline(report))}</h1>",
        f'<p class="dim">{_local(report.since)} to {_local(report.until)}. {escape(work(report))}</p>',
        _table("Needs you", (_decision(item) for item in report.decisions)),
        _table(
            "Failed",
            (
                (
                    f'<span class="bad">{cause.prompts} ×</span> {escape(cause.message)}',
                    f'<span class="dim">{escape(cause.hint)}</span>',
                    escape(", ".join(cause.examples)),
                )
                for cause in report.failures
            ),
        ),
        _table(
            "Given up",
            (
                (escape(file.file), escape(file.reason), f'<span class="dim">{escape(file.folder)}</span>')
                for file in report.given_up
            ),
        ),
        _sheet(report.outputs, pictures),
        _table("Jobs", (_job(job) for job in report.jobs)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(headline(report))}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def _table(heading: str, rows: Iterable[tuple[str, ...]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{heading}</h2><table>{body}</table>" if body else ""


def _decision(item: Decision) -> tuple[str, ...]:
    prompts = f"{item.prompts} {'render' if item.prompts == 1 else 'renders'}"
    return f"{item.job_id}", escape(item.name), escape(reason_words(item)), prompts


def _job(job: FinishedJob) -> tuple[str, ...]:
    counts = ", ".join(f"{number} {state}" for state, number in job.counts.model_dump().items() if number)
    return f"{job.id}", escape(job.name), escape(job.workflow), job.state, counts, _local(job.finished_at)


def _sheet(artifacts: list[Artifact], pictures: Mapping[int, str]) -> str:
    tiles = "".join(_tile(artifact, pictures.get(artifact.id)) for artifact in artifacts)
    return f'<h2>New</h2><div class="sheet">{tiles}</div>' if tiles else ""


def _tile(artifact: Artifact, picture: str | None) -> str:
    name = escape(artifact.name, quote=True)
    shown = (
        f'<img alt="{name}" src="data:image/webp;base64,{picture}">'
        if picture
        else '<div class="none"></div>'
    )
    return (
        f'<figure title="{escape(artifact.path, quote=True)}">{shown}<figcaption>{name}</figcaption></figure>'
    )
