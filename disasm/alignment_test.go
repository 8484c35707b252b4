package disasm

import "testing"

func TestAlignmentOfTheStory(t *testing.T) {
	all := Alignments(Request{Arch: I386, Code: ParseCode("43 17 89 d9 8d 04 ........")})
	if len(all) < 2 {
		t.Fatalf("got %d alignments", len(all))
	}
	best := all[0]
	if best.Start != 2 || best.Weight < 0.9 {
		t.Errorf("best starts at %d with weight %.4f, want 2 with more than 0.9", best.Start, best.Weight)
	}
	for i, want := range []struct{ text, note string }{
		{"(cut)", noteTail}, {"mov %ebx,%ecx", ""}, {"lea (cut)", noteCut},
	} {
		if got := best.Insts[i]; got.Text != want.text || got.Note != want.note {
			t.Errorf("line %d: got %q %q, want %q %q", i, got.Text, got.Note, want.text, want.note)
		}
	}
	sum := 0.0
	for i, a := range all {
		sum += a.Weight
		if i > 0 && a.Weight > all[i-1].Weight {
			t.Errorf("alignment %d weighs more than the one before", i)
		}
		if a.Start == 0 && a.Insts[0].Text != "inc %ebx" {
			t.Errorf("start 0 reads %q", a.Insts[0].Text)
		}
	}
	if sum < 0.999 || sum > 1.001 {
		t.Errorf("weights sum up to %f", sum)
	}
}
