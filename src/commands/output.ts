/** What `show` writes, as text or as JSON; many lines at a time: each of 100,000 on its own would take longer than reading them. */
export interface Output {
  /** Begins the rows of a table. */
  readonly open: (table: string) => void;
  /** Stands above rows in a text. */
  readonly heading: (line: string) => void;
  readonly row: (line: string) => void;
  readonly close: () => void;
  /** Ends a listing. */
  readonly end: () => void;
  /** Whoever read has seen enough. */
  readonly isClosed: () => boolean;
}

export const createTextOutput = (stdout: NodeJS.WritableStream): Output => {
  const { line, flush, isClosed } = createLines(stdout);
  const nothing = (): void => undefined;
  return { open: nothing, heading: line, row: line, close: nothing, end: flush, isClosed };
};

/** One object a listing, with a list of rows under the name of each table, and a row a line. */
export const createJsonOutput = (stdout: NodeJS.WritableStream): Output => {
  const { line, flush, isClosed } = createLines(stdout);
  let tables = 0;
  let rows = 0;
  return {
    open(table) {
      line(`${tables === 0 ? '{' : ','}${JSON.stringify(table)}:[`);
      tables++;
      rows = 0;
    },
    heading: () => undefined,
    row(text) {
      line(`${rows === 0 ? '' : ','}${text}`);
      rows++;
    },
    close() {
      line(']');
    },
    end() {
      line(tables === 0 ? '{}' : '}');
      tables = 0;
      flush();
    },
    isClosed,
  };
};

interface Lines extends Pick<Output, 'isClosed'> {
  readonly line: (text: string) => void;
  readonly flush: () => void;
}

const BUFFER_BYTES = 65_536;
/** A character takes no more in UTF-8. */
const CHARACTER_BYTES_LIMIT = 3;
const NEWLINE = 0x0a;

const createLines = (stdout: NodeJS.WritableStream): Lines => {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  let length = 0;
  let isClosed = false;
  stdout.on('error', () => {
    isClosed = true;
  });

  const flush = (): void => {
    // A copy, since the stream may not have written it when the next lines come.
    if (length > 0 && !isClosed) stdout.write(Buffer.from(buffer.subarray(0, length)));
    length = 0;
  };

  return {
    line(text) {
      const most = text.length * CHARACTER_BYTES_LIMIT + 1;
      if (length + most > BUFFER_BYTES) flush();
      if (most > BUFFER_BYTES) {
        if (!isClosed) stdout.write(`${text}\n`);
        return;
      }
      length += buffer.write(text, length);
      buffer[length++] = NEWLINE;
    },
    flush,
    isClosed: () => isClosed,
  };
};
