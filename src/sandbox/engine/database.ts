/** What a clone needs from PostgreSQL. The port is the key: it belongs to one clone from start to stop. */
export interface CloneDatabaseRequest {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The database that the role is created in; empty means `postgres`. */
  readonly dbName: string;
  readonly restricted: boolean;
  /** Settings of the user, read last: they may override anything. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The databases behind the clones of the stand-in Engine; left out where clones are only listed. */
export interface CloneDatabases {
  /** Resolves when the database takes connections and the role exists; rejects with what a FATAL clone shows. */
  start(request: CloneDatabaseRequest): Promise<void>;
  /** Stops the database at the port and throws its data away. */
  stop(port: number): Promise<void>;
  /** Stops all and leaves nothing behind. */
  close(): Promise<void>;
}
