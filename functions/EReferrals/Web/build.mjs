// Prepares the files of the clinic's page: node build.mjs OUTPUT. They are hashed together, so that imports between modules stay as they are written,
// and compressed once, here.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "Site");
const output = process.argv[2];
if (!output) throw new Error("Give the output folder.");

/** @type {Map<string, string>} */
const files = new Map();
for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith(".d.ts")) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  files.set(relative(source, path).split(sep).join("/"), readFileSync(path, "utf8"));
}

const nhsuk = join(here, "node_modules/nhsuk-frontend/dist/nhsuk");
files.set("nhsuk.css", nhsStyles());

const hash = createHash("sha256");
for (const name of [...files.keys()].sort()) hash.update(name).update("\0").update(files.get(name)).update("\0");
const version = hash.digest("hex").slice(0, 16);
files.set("index.html", page(files.get("index.html"), version));

rmSync(output, { recursive: true, force: true });
for (const [name, text] of files) write(name, Buffer.from(text));
// Last: the build takes it as the sign that everything was written.
writeFileSync(join(output, "version.txt"), `${version}\n`);

// The font of the NHS may be used on nhs.uk only and comes from another host: the page uses the next font of the list, Arial. The icons that the styles
// name are served beside them.
function nhsStyles() {
  const styles = readFileSync(join(nhsuk, "nhsuk-frontend.min.css"), "utf8");
  return styles.replaceAll(/@font-face\{[^}]*\}/g, "").replaceAll("Frutiger W01,", "").replace(/\/\*# sourceMappingURL=.*?\*\//, "")
    .replaceAll(/url\(\/assets\/images\/([\w-]+\.svg)\)/g, (_, name) => {
      files.set(name, readFileSync(join(nhsuk, "assets/images", name), "utf8"));
      return `url(${name})`;
    });
}

// Every module is fetched at once, not one import after another.
function page(text, version) {
  const modules = [...files.keys()].filter((name) => name.endsWith(".js")).sort()
    .map((name) => `<link rel="modulepreload" href="/app/files/${version}/${name}">`).join("\n");
  return text.replaceAll("{version}", version).replace("{modules}", modules);
}

function write(name, bytes) {
  const path = join(output, ...name.split("/"));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
}
