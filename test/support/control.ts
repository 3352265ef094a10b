import { request } from 'node:http';

export interface Answer {
  code: number | undefined;
  type: string | undefined;
  text: string;
  /** Of JSON. */
  body: unknown;
}

/** One request to a control socket. */
export function ask(socketPath: string, method: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path, agent: false }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      const type = response.headers['content-type'];
      resolve({
        code: response.statusCode,
        type,
        text,
        body: type === 'application/json' ? JSON.parse(text) : undefined,
      });
    })
      .on('error', reject)
      .end();
  });
}
