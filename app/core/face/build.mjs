// Compiles the face: Sass and JavaScript into app/core/static, each file named after its content.
// `npm run check` builds into memory and fails when what is committed differs.
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { compile } from "sass"

const here = dirname(fileURLToPath(import.meta.url))
const target = join(here, "..", "static")

const css = compile(join(here, "sass/civic.scss"), {
  loadPaths: [join(here, "node_modules")],
  quietDeps: true,
  style: "compressed",
}).css

const js = await build({
  bundle: true,
  entryPoints: [join(here, "js/civic.js")],
  format: "esm",
  legalComments: "none",
  minify: true,
  target: ["es2020"],
  write: false,
})

const made = { "civic.css": css, "civic.js": js.outputFiles[0].text }
for (const file of readdirSync(join(here, "pictures"))) {
  made[file] = readFileSync(join(here, "pictures", file), "utf8")
}

const manifest = {}
const files = {}
for (const name of Object.keys(made).sort()) {
  const hash = createHash("sha256").update(made[name]).digest("hex").slice(0, 10)
  manifest[name] = `${name.slice(0, -extname(name).length)}.${hash}${extname(name)}`
  files[manifest[name]] = made[name]
}
files["manifest.json"] = JSON.stringify(manifest, null, 2) + "\n"

mkdirSync(target, { recursive: true })
if (process.argv.includes("--check")) {
  const stale = [...new Set([...Object.keys(files), ...readdirSync(target)])].filter(
    (name) => !(name in files) || !readdirSync(target).includes(name)
      || readFileSync(join(target, name), "utf8") !== files[name],
  )
  if (stale.length) {
    console.error(`Not what the sources give: ${stale.join(", ")}. Run: npm run build`)
    process.exit(1)
  }
} else {
  rmSync(target, { recursive: true })
  mkdirSync(target)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(target, name), text)
  for (const name of ["civic.css", "civic.js"]) {
    console.log(`${manifest[name]}  ${(gzipSync(made[name]).length / 1024).toFixed(1)} kB gz`)
  }
}
