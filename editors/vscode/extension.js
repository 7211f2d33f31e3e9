"use strict";

// Starts `cnnspec lsp` and leaves the rest to it. Without a transport, the client speaks over standard input and output.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function start() {
  const [command, ...args] = vscode.workspace.getConfiguration("cnnspec").get("command");
  const server = { command, args: [...args, "lsp"] };
  client = new LanguageClient("cnnspec", "cnnspec", server, { documentSelector: [{ language: "cnn" }] });
  try {
    await client.start();
  } catch (problem) {
    vscode.window.showErrorMessage(
      `\`${[command, ...server.args].join(" ")}\` cannot be started: ${problem.message}. ` +
        'Install it with `pip install "cnnspec[lsp]"`, or say how it is called in the setting `cnnspec.command`.',
    );
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.isRunning()) {
    await running.stop();
  }
}

async function activate(context) {
  const changed = vscode.workspace.onDidChangeConfiguration(async (event) => {
    if (event.affectsConfiguration("cnnspec.command")) {
      await stop();
      await start();
    }
  });
  context.subscriptions.push(changed);
  await start();
}

module.exports = { activate, deactivate: stop };
