"""People are told of each archived clip, with its picture and its page in the gallery: by mail, in Slack, over HTTP."""

from __future__ import annotations

from airflow.providers.http.notifications.http import HttpNotifier
from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import DAG

from airflow_provider_sora.kit.notices import MACROS
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

# START mail
MAIL = SmtpNotifier(
    smtp_conn_id="smtp_default",
    from_email="airflow@example.com",
    to="desk@example.com",
    subject="New clip: {{ clip_of(ti)['labels'].get('title', 'untitled') }}",
    html_content="""
<p><a href="{{ gallery_link(ti) | e }}">Look at it in the gallery</a>: {{ clip_of(ti)['video_id'] | e }},
estimated at {{ clip_of(ti)['cost_estimate_usd'] }} USD. AI generated, unreviewed.</p>
<p><img src="cid:thumbnail.webp" alt="First picture of the clip" width="480"></p>
""",
    files=["{{ attachment(ti) }}"],
)
# END mail

# START slack
SLACK = SlackWebhookNotifier(
    slack_webhook_conn_id="slack_default",
    text="New clip: {{ clip_of(ti)['labels'].get('title', 'untitled') | e }}",
    blocks=[
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": "*{{ clip_of(ti)['labels'].get('title', 'untitled') | e }}*\nAI generated, unreviewed.",
            },
        },
        {
            "type": "image",
            "image_url": "https://clips.example.com/{{ clip_of(ti)['video_id'] }}/thumbnail.webp",
            "alt_text": "First picture of the clip",
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Look at it in the gallery"},
                    "url": "{{ gallery_link(ti) }}",
                }
            ],
        },
    ],
)
# END slack

# START http
HTTP = HttpNotifier(
    http_conn_id="desk_system",
    endpoint="clips",
    json={
        "video_id": "{{ clip_of(ti)['video_id'] }}",
        "uri": "{{ clip_of(ti)['uri'] }}",
        "thumbnail_uri": "{{ clip_of(ti)['thumbnail_uri'] }}",
        "receipt_uri": "{{ clip_of(ti)['receipt_uri'] }}",
        "gallery": "{{ gallery_link(ti) }}",
    },
)
# END http

with DAG("notify", schedule=None, user_defined_macros=dict(MACROS)):
    clip = CreateVideoOperator(
        task_id="clip",
        prompt="Close-up of a cypress mug on a table. Static camera.",
        labels={"title": "Cypress mug"},
        deferrable=True,
    )
    ArchiveVideoOperator(
        task_id="keep",
        video=clip.output,
        destination="gs://my-bucket/clips",
        on_success_callback=[MAIL, SLACK, HTTP],
    )
