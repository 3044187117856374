"""Places for sets: restic repositories in a folder, by SFTP or in S3, and folders of single encrypted files."""
