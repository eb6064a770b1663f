"""Every other store that Airflow reaches through fsspec, such as ``s3://``: what it promises, and what it does not.

Here belong the store (:mod:`.object_storage`), its file system and errors, and where metadata has its home
(:mod:`.metadata_home`):
with the object on S3 (:mod:`.s3_metadata`) and Azure (:mod:`.azure_metadata`), else beside it (:mod:`.companions`).
"""
