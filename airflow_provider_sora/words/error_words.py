"""What the classes of ``exceptions.py`` are called on Japanese pages, and what each means for the money."""

from __future__ import annotations

ERRORS_JA = {
    "InvalidRequestError": "依頼の誤り(課金なし)",
    "UnsupportedByServerError": "このサーバーにない機能(課金なし)",
    "ConfigurationError": "設定の誤り(課金なし)",
    "ApiShutDownError": "接続先の API は終了済み(課金なし)",
    "AuthenticationFailedError": "認証に失敗(課金なし)",
    "UnverifiedOrganizationError": "組織の確認が必要(課金なし)",
    "PolicyRefusalError": "内容の規定によりサーバーが拒否",
    "QuotaExceededError": "残高不足(課金なし)",
    "RateLimitedError": "回数制限により拒否(課金なし)",
    "ServerUnreachableError": "サーバーに接続できず(送信なし)",
    "ServerFaultError": "サーバーの一時的な障害",
    "UnreadableAnswerError": "サーバーの応答を読めない",
    "AmbiguousSubmitError": "送信の結果が不明(課金の可能性あり)",
    "RequestChangedError": "再試行の内容が前回と異なるため停止",
    "LedgerError": "復旧用の記録を読み書きできないため停止",
    "VideoFailedError": "サーバーでの生成に失敗",
    "VideoCancelledError": "ジョブは取り消し済み",
    "VideoExpiredError": "動画の保存期限切れ",
    "VideoNotFoundError": "サーバーがこの動画を知らない",
    "VideoTimeoutError": "待ち時間切れ(ジョブは継続中の可能性あり)",
    "PollingFailedError": "待機中にサーバーの応答が途絶(ジョブは継続中の可能性あり)",
    "MismatchError": "依頼と異なる動画",
    "BudgetExceededError": "予算の上限を超過、または単価不明(課金なし)",
    "DecisionRefusedError": "この判断は無効(別の人が先に判断済みなど。課金・公開なし)",
    "ArchiveError": "動画はあるが保管に失敗",
    "ContentError": "動画が欠けているか壊れている(保管なし)",
    "ForeignObjectError": "保管先の名前が他のもので使用済み",
    "CorruptObjectError": "保管先の内容が送ったものと異なる",
}
