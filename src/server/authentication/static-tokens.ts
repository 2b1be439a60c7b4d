/** Tokens from a file, in upstream's form: `token,user,uid,"group1,group2"` a line. */
import type { UserInfo } from "../../machinery/door.ts";
import type { TokenAuthenticator } from "./authenticator.ts";

/** Throws an Error that names the line where a line is not of that form. */
export function staticTokens(csv: string): TokenAuthenticator {
  const users = new Map<string, UserInfo>();
  for (const [index, line] of csv.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [token, username, uid, groups] = fieldsOf(line);
    if (!token || !username || uid === undefined) {
      throw new Error(
        `line ${index + 1} of the token file must have at least 3 columns: token,user,uid[,"group1,group2"]`,
      );
    }
    const listed = groups ? groups.split(",").map((name) => name.trim()) : [];
    users.set(token, {
      username,
      ...(uid !== "" && { uid }),
      groups: [...listed.filter(Boolean), "system:authenticated"],
    });
  }
  return {
    authenticateToken(token) {
      const user = users.get(token);
      return user && { user };
    },
  };
}

/** Columns of one CSV line; a column in double quotes may hold commas, and a doubled quote is one. */
function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"'));
  }
  return fields;
}
