//! A disk that can be full.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

/// How a disk gets full.
pub enum Disk {
    /// A small file system in memory, mounted here. Needs the right to mount.
    Mounted(PathBuf),
    /// The program may make no file longer, which is a full disk to it with
    /// another number of the error.
    Limited,
}

impl Disk {
    /// A small file system at `path` where this user may mount one, else a
    /// disk that is full by a limit, which is said.
    pub fn at(path: &Path) -> Self {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m,mode=700", "tminus-test"])
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if mounted {
            Self::Mounted(path.to_owned())
        } else {
            println!("no right to mount: the disk is full by a limit on file sizes");
            Self::Limited
        }
    }

    /// From now on nothing can be written.
    pub fn fill(&self, program: Pid) {
        match self {
            Self::Mounted(path) => {
                let mut ballast = fs::File::create(path.join("ballast")).unwrap();
                let page = [b'.'; 4096];
                let full = loop {
                    if let Err(error) = ballast.write_all(&page) {
                        break error;
                    }
                };
                assert_eq!(full.kind(), ErrorKind::StorageFull, "{full}");
            }
            Self::Limited => {
                let nothing = Rlimit {
                    current: Some(0),
                    maximum: None,
                };
                prlimit(Some(program), Resource::Fsize, nothing).unwrap();
            }
        }
    }

    /// Why nothing can be written, in the system's words.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Mounted(_) => "No space left on device",
            Self::Limited => "File too large",
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Self::Mounted(path) = self {
            // Lazily: nobody is left who would miss it.
            let _ = Command::new("umount").arg("-l").arg(path).status();
        }
    }
}
