import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

/** An ordinary user that root starts Postgres as. */
export interface OsUser {
  name: string
  uid: number
  gid: number
}

/** Whether this process runs as root, for which Postgres refuses to work. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** The user Postgres runs as when we are root: whoever owns the data already, else `postgres` where the machine has one, else `nobody`. No user is created. */
export function unprivilegedUser(dataFolder: string): OsUser {
  const users = readUsers()
  const owner = ownerOf(dataFolder)
  const user = users.find(({ uid }) => uid === owner && uid !== 0) ?? named(users, 'postgres') ?? named(users, 'nobody')
  if (!user)
    throw new Error(
      'Postgres does not run as root, and this machine has neither a user postgres nor nobody: start as an ordinary user',
    )
  return user
}

/** Whether this user may pass through and list the folder, asked of the operating system as that user. */
export function canReach(user: OsUser, path: string): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'test -r "$1" && test -x "$1"', 'sh', path], {
    cwd: '/',
    uid: user.uid,
    gid: user.gid,
    stdio: 'ignore',
  })
  return status === 0
}

function readUsers(): OsUser[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
}

function named(users: readonly OsUser[], name: string): OsUser | undefined {
  return users.find((user) => user.name === name)
}

function ownerOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid
}
