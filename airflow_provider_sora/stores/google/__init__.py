"""Cloud Storage by its own client: create-only writes with a generation match, checksums and metadata in one request.

Here belong the store (:mod:`.gcs`), its errors as ours (:mod:`.errors`) and how it logs in (:mod:`.google_auth`).
"""
