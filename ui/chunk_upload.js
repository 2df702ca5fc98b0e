// Sends a file in chunks to /api/uploads and goes on where it stopped: after a lost connection,
// a pause, or a reload of the page followed by choosing the same file again.

const ADDRESS = "/api/uploads"
const RETRIES = 5
const FIRST_WAIT = 500 // milliseconds, doubled at each retry
const SPEED_SECONDS = 10
const REMEMBERED = "assay-upload:"

const transfers = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let transfer = transfers.get(parentElement)
  if (!transfer) {
    transfer = new Transfer(parentElement)
    transfers.set(parentElement, transfer)
  }
  transfer.settings = data
  transfer.finished = (dataset) => setTriggerValue("done", dataset)
  transfer.listen()
  return () => transfer.stop()
}

class Refused extends Error {
  constructor(status, body) {
    super(body.detail || `The server answered ${status}.`)
    this.status = status
    this.body = body
  }
}

class Transfer {
  constructor(root) {
    this.root = root
    this.find = (name) => root.querySelector(name)
    this.file = null
  }

  listen() {
    const zone = this.find(".zone")
    const input = this.find("input")
    input.onchange = () => this.choose(input.files[0])
    zone.ondragover = (event) => { event.preventDefault(); zone.classList.add("over") }
    zone.ondragleave = () => zone.classList.remove("over")
    zone.ondrop = (event) => {
      event.preventDefault()
      zone.classList.remove("over")
      this.choose(event.dataTransfer.files[0])
    }
    this.find(".pause").onclick = () => this.pause()
    this.find(".resume").onclick = () => this.run()
    this.find(".cancel").onclick = () => this.cancel()
    if (!this.file) this.hint()
  }

  hint() {
    const limit = `or drop it here: up to ${inWords(this.settings.limitMb * 2 ** 20)}.`
    const waiting = remembered(this.settings.expiryMinutes)
    this.find(".hint").textContent = waiting.length
      ? `${limit} Choose ${waiting.join(" or ")} again to go on with its upload.`
      : limit
  }

  choose(file) {
    if (!file) return
    this.file = file
    this.key = `${REMEMBERED}${JSON.stringify([file.name, file.size, file.lastModified])}`
    this.dataset = recall(this.key)
    this.token = null
    this.have = 0
    this.said = -1
    this.find(".zone").hidden = true
    this.find(".transfer").hidden = false
    this.find(".name").textContent = file.name
    this.find("progress").setAttribute("aria-label", `Upload of ${file.name}`)
    this.run()
  }

  // One run: until the file is there, the user pauses, or five retries have failed in a row.
  async run() {
    const run = (this.running = {})
    this.buttons(true)
    this.speeds = []
    this.say(`Uploading ${this.file.name}`)
    let failures = 0
    while (this.running === run) {
      const before = this.have
      try {
        if (await this.step(run)) return
        // An answer alone is no progress: a proxy may let questions pass and break bodies.
        if (this.have > before) failures = 0
      } catch (error) {
        if (this.running !== run) return
        if (!(await this.recover(error, failures++, run))) return
      }
    }
  }

  // Begin, or send one chunk; true when all is done.
  async step(run) {
    const { key } = this
    const reply = this.token ? await this.sendChunk(run) : await this.begin()
    // An answer that comes after Cancel must not pass for one about the next file.
    if (!this.file || this.key !== key) return true
    this.note(reply)
    if (this.running !== run) return true
    if (!this.done) return false
    this.running = null
    forget(this.key)
    this.show()
    this.say(`${this.file.name} is uploaded; it is being read now.`)
    this.find(".buttons").hidden = true
    this.finished(this.dataset)
    return true
  }

  async begin() {
    const { name, size } = this.file
    return ask("POST", ADDRESS, {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, size, dataset: this.dataset }),
    })
  }

  async sendChunk(run) {
    const end = Math.min(this.have + this.settings.chunk, this.file.size)
    const from = this.have
    return ask("PUT", `${ADDRESS}/${this.dataset}`, {
      headers: {
        "x-upload-token": this.token,
        "x-offset": String(from),
        "x-last": end === this.file.size ? "1" : "0",
      },
      body: this.file.slice(from, end),
      started: (request) => { run.request = request },
      progress: (bytes) => { if (this.running === run) this.show(from + bytes) },
    })
  }

  note(reply) {
    this.dataset = reply.dataset
    this.token = reply.token
    this.have = reply.have
    this.done = reply.done
    remember(this.key, this.dataset)
    this.show()
  }

  // What to do about an error; false ends the run.
  async recover(error, failures, run) {
    const status = error.status
    if (status === 409 || status === 403) {
      this.token = null // the next answer says where the server is, with a new token
    } else if (status === 404 || status === 410) {
      this.token = this.dataset = null
      this.say("The upload had ended on the server; it begins anew.")
    } else if (status === 507 || (status >= 400 && status < 500 && status !== 423)) {
      return this.giveUp(error.message)
    } else if (error.name === "NotReadableError") {
      return this.giveUp("The file cannot be read any more; was it changed or moved? Choose it again.")
    }
    if (failures >= RETRIES) return this.giveUp(status ? error.message : "The connection is lost.")
    const wait = FIRST_WAIT * 2 ** failures
    if (!status || status >= 500) {
      this.token = null
      this.say(`The connection was lost; trying again in ${wait / 1000} s.`)
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
    return this.running === run
  }

  giveUp(sentence) {
    this.running = null
    if (this.dataset) {
      this.buttons(false)
      this.say(`${sentence} Press Resume to go on at ${this.percent()} %.`)
    } else {
      this.reset()
      this.say(sentence)
    }
    return false
  }

  // Back to the choice of a file.
  reset() {
    this.file = null
    this.find("input").value = ""
    this.find(".zone").hidden = false
    this.find(".transfer").hidden = true
    this.hint()
  }

  pause() {
    this.stop()
    this.buttons(false)
    this.say(`Paused at ${this.percent()} %.`)
  }

  stop() {
    const run = this.running
    this.running = null
    if (run && run.request) run.request.abort()
  }

  async cancel() {
    this.stop()
    forget(this.key)
    try {
      // Without a token the server cannot be told.
      if (!this.token) throw new Error("no token")
      await ask("DELETE", `${ADDRESS}/${this.dataset}`, { headers: { "x-upload-token": this.token } })
      this.say(`The upload of ${this.file.name} was cancelled and nothing is kept.`)
    } catch {
      this.say("The upload was stopped; what the server holds is deleted when it expires.")
    }
    this.reset()
  }

  buttons(isRunning) {
    this.find(".buttons").hidden = false
    this.find(".pause").hidden = !isRunning
    this.find(".resume").hidden = isRunning
  }

  say(sentence) {
    this.find(".status").textContent = sentence
  }

  percent() {
    return this.file ? Math.floor((100 * this.have) / this.file.size) : 0
  }

  show(sent = this.have) {
    const { name, size } = this.file
    const bar = this.find("progress")
    bar.max = size
    bar.value = sent
    this.find(".figures").textContent = this.figures(sent, size)
    // A screen reader hears each tenth, not each megabyte.
    const tenth = Math.floor((10 * sent) / size)
    if (this.running && tenth !== this.said) {
      this.said = tenth
      this.say(`Uploading ${name}: ${tenth * 10} %`)
    }
  }

  figures(sent, size) {
    const now = performance.now() / 1000
    this.speeds.push([now, sent])
    this.speeds = this.speeds.filter(([time]) => time > now - SPEED_SECONDS)
    const [time, bytes] = this.speeds[0]
    const parts = [`${inWords(sent)} of ${inWords(size)}`]
    const speed = now > time ? (sent - bytes) / (now - time) : 0
    if (speed > 0) parts.push(`${inWords(speed)}/s`, `${duration((size - sent) / speed)} left`)
    return parts.join(" · ")
  }
}

// XMLHttpRequest, because fetch does not tell how much of a body has been sent.
function ask(method, address, { headers, body, started, progress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(method, address)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    if (progress) request.upload.onprogress = (event) => progress(event.loaded)
    request.onerror = request.onabort = () => reject(new Error("no connection"))
    request.onload = () => {
      let answer = {}
      try { answer = JSON.parse(request.responseText || "{}") } catch { /* a proxy's page */ }
      if (request.status >= 200 && request.status < 300) resolve(answer)
      else reject(new Refused(request.status, answer))
    }
    if (started) started(request)
    request.send(body)
  })
}

function inWords(bytes) {
  const units = ["B", "KB", "MB", "GB"]
  const power = bytes < 1 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 2 ** (10 * power)
  return `${value.toFixed(power > 1 && value < 100 ? 1 : 0)} ${units[power]}`
}

function duration(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

// Private windows may refuse to remember; then a reload begins anew.
function remember(key, dataset) {
  try { localStorage.setItem(key, JSON.stringify({ dataset, at: Date.now() })) } catch { /* so be it */ }
}

function recall(key) {
  try { return JSON.parse(localStorage.getItem(key) || "{}").dataset || null } catch { return null }
}

function forget(key) {
  try { localStorage.removeItem(key) } catch { /* so be it */ }
}

// Names of files whose upload was broken off and has not expired yet.
function remembered(minutes) {
  try {
    const names = []
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith(REMEMBERED))) {
      const { at } = JSON.parse(localStorage.getItem(key))
      if (Date.now() - at < minutes * 60000) names.push(JSON.parse(key.slice(REMEMBERED.length))[0])
      else localStorage.removeItem(key)
    }
    return names
  } catch {
    return []
  }
}
