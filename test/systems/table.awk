# ===== RESULT system node run verdict seconds
$2 != "RESULT" || NF != 7 { next }
{
  row = sprintf("%-8s  %-10s", $3, $4)
  if (!(row in height)) { height[row] = ++rows; names[rows] = row }
  if (!($5 in width)) { width[$5] = length($5) > 9 ? length($5) : 9; columns[++count] = $5 }
  cells[row, $5] = $6 == "ok" ? "ok " $7 " s" : $6
  if ($6 == "ok") good++; else bad++
}
END {
  printf "%20s", ""
  for (c = 1; c <= count; c++) printf "  %-*s", width[columns[c]], columns[c]
  print ""
  for (r = 1; r <= rows; r++) {
    printf "%s", names[r]
    for (c = 1; c <= count; c++) printf "  %-*s", width[columns[c]], cells[names[r], columns[c]]
    print ""
  }
  printf "\n%d passed, %d failed\n", good, bad
  exit bad > 0 || good == 0
}
