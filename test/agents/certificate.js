import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let made;

/** Makes a self-signed certificate for 127.0.0.1: its file, for NODE_EXTRA_CA_CERTS, and what a server needs. */
export function certificateOfSink() {
  made ??= make();
  return made;
}

async function make() {
  const directory = await mkdtemp(join(tmpdir(), 'swarm-certificate-'));
  const [key, file] = ['key.pem', 'certificate.pem'].map((name) => join(directory, name));
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-keyout', key, '-out', file];
  execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
  return { file, key: await readFile(key), cert: await readFile(file) };
}
