package kb

import "testing"

func TestParseDiff(t *testing.T) {
	const head = "--- a/x.c\n+++ b/x.c\n"
	tests := []struct {
		name, diff string
		ok         bool
	}{
		{"one hunk", head + "@@ -1,3 +1,3 @@\n a\n-b\n+c\n d\n", true},
		{"with function name", head + "@@ -1,3 +1,3 @@ int f(void)\n a\n-b\n+c\n d\n", true},
		{"two hunks", head + "@@ -1,2 +1,1 @@\n a\n-b\n@@ -9 +8,2 @@\n a\n+b\n", true},
		{"two files", head + "@@ -1 +1 @@\n-a\n+b\n" + head + "@@ -1 +1 @@\n-a\n+b\n", true},
		{"text above",
			"Repairs the order.\n\ndiff --git a/x.c b/x.c\nindex 1..2 100644\n" + head + "@@ -1 +1 @@\n-a\n+b\n", true},
		{"no newline at the end",
			head + "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n", true},
		{"blank context line without blank", head + "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n", true},
		{"empty", "", false},
		{"no hunk", head, false},
		{"hunk first", "@@ -1 +1 @@\n-a\n+b\n", false},
		{"too few lines", head + "@@ -1,4 +1,3 @@\n a\n-b\n+c\n d\n", false},
		{"too many lines", head + "@@ -1,2 +1,2 @@\n a\n-b\n+c\n d\n", false},
		{"no change", head + "@@ -1,2 +1,2 @@\n a\n b\n", false},
		{"bad header", head + "@@ -x,2 +1,2 @@\n a\n-b\n+b\n", false},
		{"header cut off", head + "@@ -1,2\n a\n-b\n+b\n", false},
		{"huge numbers", head + "@@ -1,99999999999999999999 +1,2 @@\n a\n-b\n+b\n", false},
		{"minus without plus", "--- a/x.c\n@@ -1 +1 @@\n-a\n+b\n", false},
		{"stray line", head + "@@ -1 +1 @@\n-a\n+b\n*c\n", false},
	}
	for _, tt := range tests {
		if _, err := parseDiff(tt.diff); (err == nil) != tt.ok {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}
