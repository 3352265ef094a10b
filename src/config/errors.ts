/** An error that the user can fix. swarm prints one sentence on stderr, without a stack, and exits with `status`. */
export class UserError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = new.target.name;
    this.status = status;
  }
}

/** The application failed. */
export class ApplicationError extends UserError {
  constructor(message: string) {
    super(message, 1);
  }
}

/** EX_USAGE of sysexits.h: the command line. */
export class UsageError extends UserError {
  constructor(message: string) {
    super(message, 64);
  }
}

/** EX_CONFIG of sysexits.h: the environment or package.json. */
export class ConfigError extends UserError {
  constructor(message: string) {
    super(message, 78);
  }
}
