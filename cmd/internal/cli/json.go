package cli

import "github.com/nfoops/nfoops/cmd/internal/render"

// printJSON prints a value that is no report.
func (a *app) printJSON(v any) error {
	data, err := render.JSON(v)
	if err != nil {
		return err
	}
	_, err = a.out.Write(data)
	return err
}
