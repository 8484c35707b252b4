package main
import ("context";"errors")
func verify(ctx context.Context, nfoops, from string, cases []scenario) error { return errors.New("x")}
func addSymbols(ctx context.Context, work, to string, cases []scenario) error { return errors.New("x")}
