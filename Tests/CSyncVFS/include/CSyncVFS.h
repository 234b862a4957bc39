#ifndef CSYNCVFS_H
#define CSYNCVFS_H

// A power cut for SQLite. Once installed, every file of a database whose folder's path contains "/powercut-" is
// copied into <folder>/synced/ whenever SQLite has synced it, and at no other time: that folder holds what a disk
// that loses everything unsynced would hold. All other files pass through untouched.

// Makes it SQLite's default VFS. Returns an SQLite result code.
int CSyncVFS_install(void);

// Copies what is synced of the database in `folder` into `target`, at one moment between two syncs.
// Returns 0, or -1 with errno set.
int CSyncVFS_cut(const char *folder, const char *target);

#endif
