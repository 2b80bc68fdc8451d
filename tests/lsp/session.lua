-- A session in Neovim: mend a network by code actions, rename a neuron, and run its cases.

local function wait(what, is_done)
  assert(vim.wait(30000, is_done, 20), "nothing happened: " .. what)
end

local function show(title)
  print("-- " .. title)
  print(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n"))
end

vim.ui.select = function(items, _, choose) choose(items[1]) end
vim.cmd("silent edit news2.nn.yaml")
wait("diagnostics", function() return #vim.diagnostic.get(0) == 2 end)
show("written")
for _, found in ipairs(vim.diagnostic.get(0)) do
  print(("%d:%d %s %s"):format(found.lnum + 1, found.col + 1, found.code, found.message))
end
for _ = 1, 2 do
  local found = vim.diagnostic.get(0)
  vim.api.nvim_win_set_cursor(0, { found[1].lnum + 1, found[1].col })
  vim.lsp.buf.code_action({ apply = true })
  wait("code action", function() return #vim.diagnostic.get(0) < #found end)
end
show("mended by two code actions")
vim.api.nvim_win_set_cursor(0, { 6, 2 })
vim.lsp.buf.rename("risk")
wait("rename", function() return vim.fn.search("risk", "n") > 0 end)
vim.cmd("silent wall")
show("renamed")
vim.cmd("silent edit ward.nn.yaml")
show("ward.nn.yaml")
print("-- nnc test")
print((vim.fn.system({ "nnc", "test" }):gsub("\n$", "")))
