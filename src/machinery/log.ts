/** Where parts say what they do. Never give it a secret: fields are written as they are. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log whose lines all carry `fields`, such as `{ component: "kube-scheduler" }`. */
  child(fields: Fields): Log;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Says nothing; for tests and libraries that were not asked to speak. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
